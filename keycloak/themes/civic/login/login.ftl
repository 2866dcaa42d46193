<#import "template.ftl" as layout>
<#import "fields.ftl" as fields>
<#import "passkeys.ftl" as passkeys>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError('username','password') displayInfo=realm.password && realm.registrationAllowed && !registrationDisabled??; section>
  <#if section = "header">
    ${msg("loginAccountTitle")}
  <#elseif section = "form">
    <#if realm.password>
    <#assign error = messagesPerField.existsError('username','password')?then(messagesPerField.getFirstError('username','password'), "")>
    <form class="form" id="kc-form-login" action="${url.loginAction}" method="post" novalidate>
      <#if !usernameHidden??>
        <@fields.field name="username" label=realm.loginWithEmailAllowed?then(msg("usernameOrEmail"), msg("username")) value=(login.username!'') error=error
          autocomplete=(enableWebAuthnConditionalUI?has_content)?then('username webauthn', 'username') autofocus=true/>
      </#if>
      <@fields.field name="password" type="password" label=msg("password") error=(usernameHidden??)?then(error, "") autocomplete="current-password" autofocus=usernameHidden??/>
      <input type="hidden" id="id-hidden-input" name="credentialId"<#if auth.selectedCredential?has_content> value="${auth.selectedCredential}"</#if>>
      <@fields.send text=msg("doLogIn")/>
      <#if realm.resetPasswordAllowed>
      <p class="kern-body"><a class="kern-link" href="${url.loginResetCredentialsUrl}">${msg("doForgotPassword")}</a></p>
      </#if>
    </form>
    </#if>
    <@passkeys.conditionalUIData/>
    <@fields.revealing/>
  <#elseif section = "info">
    <h2 class="kern-heading-small">${msg("noAccount")}</h2>
    <p class="kern-body">${msg("noAccountMore")}</p>
    <p><a class="kern-btn kern-btn--secondary" href="${url.registrationUrl}"><span class="kern-label">${msg("registerTitle")}</span></a></p>
  <#elseif section = "socialProviders">
    <#if realm.password && social?? && social.providers?has_content>
    <section class="info" aria-labelledby="kc-social-title">
      <h2 class="kern-heading-small" id="kc-social-title">${msg("identity-provider-login-label")}</h2>
      <ul class="providers">
        <#list social.providers as p>
        <li><a class="kern-btn kern-btn--secondary" id="social-${p.alias}" href="${p.loginUrl}"><span class="kern-label">${p.displayName!p.alias}</span></a></li>
        </#list>
      </ul>
    </section>
    </#if>
  </#if>
</@layout.registrationLayout>
