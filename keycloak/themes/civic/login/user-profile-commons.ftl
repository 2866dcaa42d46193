<#-- What an account holds. The realm asks for texts alone; a kind of field that it does not use is not written here. -->
<#import "fields.ftl" as fields>
<#macro userProfileFormFields>
<#list profile.attributes as attribute>
  <#if attribute.name == 'locale'>
    <#if locale.currentLanguageTag?has_content><input type="hidden" name="locale" value="${locale.currentLanguageTag}"></#if>
  <#elseif !attribute.readOnly>
    <#nested "beforeField" attribute>
    <#assign hint = attribute.annotations.inputHelperTextBefore???then(advancedMsg(attribute.annotations.inputHelperTextBefore!''), "")>
    <@fields.field name=attribute.name label=advancedMsg(attribute.displayName!'') type=(attribute.name == 'email')?then('email', 'text') value=(attribute.value!'') hint=hint
      error=messagesPerField.existsError(attribute.name)?then(messagesPerField.get(attribute.name), "") autocomplete=(attribute.autocomplete!(attribute.name == 'email')?then('email', 'off'))/>
    <#nested "afterField" attribute>
  </#if>
</#list>
</#macro>
