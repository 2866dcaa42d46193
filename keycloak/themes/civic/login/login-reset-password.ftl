<#import "template.ftl" as layout>
<#import "fields.ftl" as fields>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError('username'); section>
  <#if section = "header">
    ${msg("emailForgotTitle")}
  <#elseif section = "form">
    <form class="form" id="kc-reset-password-form" action="${url.loginAction}" method="post" novalidate>
      <p class="kern-body">${msg("emailInstruction")}</p>
      <@fields.field name="username" label=msg("usernameOrEmail") value=(auth.attemptedUsername!'') error=messagesPerField.existsError('username')?then(messagesPerField.get('username'), "") autocomplete="username" autofocus=true/>
      <@fields.send text=msg("sendInstructions") id="kc-reset" name="reset"/>
      <p class="kern-body"><a class="kern-link" href="${url.loginUrl}">${msg("backToLogin")}</a></p>
    </form>
  </#if>
</@layout.registrationLayout>
